# One key of our own for what is at rest outside of the bucket: database, its secret, cache, search, logs, queues. One, because each
# costs a dollar a month and the same people may use all of it. The bucket keeps S3's own key, as PRD 1.6.3 asks.
resource "aws_kms_key" "main" {
  description             = "What ${local.name} keeps: database, secret, cache, search, logs, queues."
  enable_key_rotation     = true
  deletion_window_in_days = local.size.recovery_window_days
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "main" {
  name          = "alias/${local.name}"
  target_key_id = aws_kms_key.main.key_id
}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109: in the policy of a key, * is this key, and the account must be able to change it
  # checkov:skip=CKV_AWS_111: as CKV_AWS_109
  # checkov:skip=CKV_AWS_356: as CKV_AWS_109
  # Without this statement nobody could ever change the key; the rights of roles come from their own policies.
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"] # in a key's own policy: this key

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${local.partition}:logs:${var.region}:${local.account_id}:log-group:*"]
    }
  }

  # Alarms, rules, budgets and topics write into encrypted topics and queues. Without a condition of account: EventBridge sends none, and
  # what each of them may reach, the policies of topics and queues say.
  statement {
    sid       = "Senders"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com", "sns.amazonaws.com"]
    }
  }
}
