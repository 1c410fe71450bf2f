# The bucket of uploaded files (PRD 1.6): private, reached by URLs that the functions sign, gated by what GuardDuty says of each object.

locals {
  cors_origins = coalesce(var.cors_origins, ["http://localhost:5173", "http://localhost:3000"]) # a laptop's, for dev

  files_bucket = join("-", compact(["lego-moc-files", local.workspace, var.files_suffix]))
  # What users gave as it is, which alone is scanned: everything else was made by the functions, pixel by pixel.
  files_scanned = ["mocs/", "uploads/"]
  files_verdict = "s3:ExistingObjectTag/GuardDutyMalwareScanStatus"
  # Spelt out, so that plans show whole policies.
  files_arn    = "arn:${local.partition}:s3:::${local.files_bucket}"
  files_reader = "arn:${local.partition}:iam::${local.account_id}:role/${aws_iam_role.malware_protection.name}"

  # What nobody may fetch, by the verdict on it.
  files_gates = [
    {
      sid           = "UnscannedStaysClosed"
      resources     = ["${local.files_arn}/mocs/*"]
      not_resources = null
      test          = "StringNotEquals"
      verdicts      = ["NO_THREATS_FOUND", "UNSUPPORTED"]
    },
    {
      sid           = "UnreadableStaysClosed"
      resources     = null
      not_resources = ["${local.files_arn}/mocs/*.io", "${local.files_arn}/uploads/*"]
      test          = "StringEquals"
      verdicts      = ["UNSUPPORTED"]
    },
    {
      sid           = "ThreatsStayClosed"
      resources     = ["${local.files_arn}/*"]
      not_resources = null
      test          = "StringEquals"
      verdicts      = ["THREATS_FOUND"]
    },
  ]
}

resource "aws_s3_bucket" "files" {
  # checkov:skip=CKV2_AWS_62: GuardDuty tells of objects by EventBridge; nothing else has to know
  # checkov:skip=CKV_AWS_144: versions in production guard against mistakes; a second region is not asked for, and doubles the price
  # checkov:skip=CKV_AWS_145: SSE-S3, as PRD 1.6.3 names it
  # checkov:skip=CKV_AWS_18: objects are read by URLs that the functions sign and log
  bucket        = local.files_bucket
  force_destroy = false
}

resource "aws_s3_bucket_public_access_block" "files" {
  bucket = aws_s3_bucket.files.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "files" {
  bucket = aws_s3_bucket.files.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "files" {
  bucket = aws_s3_bucket.files.id

  versioning_configuration {
    status = local.size.files_versioning ? "Enabled" : "Disabled"
  }
}

# SSE-S3, as PRD 1.6.3 names it: every presigned form and URL works without a right to a key.
resource "aws_s3_bucket_server_side_encryption_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# Browsers send large files by presigned POST, and fetch what URLs show.
resource "aws_s3_bucket_cors_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  cors_rule {
    allowed_origins = local.cors_origins
    allowed_methods = ["GET", "HEAD", "POST"]
    allowed_headers = ["*"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3600
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  # S3 leaves objects below 128 KB where they are: in Infrequent Access they would cost more.
  rule {
    id     = "infrequent-access-after-90-days"
    status = "Enabled"

    filter {}

    transition {
      days          = 90
      storage_class = "STANDARD_IA"
    }
  }

  # An upload that no mutation took up; its form was good for minutes.
  rule {
    id     = "staged-uploads-for-a-day"
    status = "Enabled"

    filter {
      prefix = "uploads/"
    }

    expiration {
      days = 1
    }
  }

  rule {
    id     = "unfinished-and-old"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  depends_on = [aws_s3_bucket_versioning.files]
}

# Requests by kind, for the dashboard (PRD 5.1.2); S3 counts none by itself.
resource "aws_s3_bucket_metric" "files" {
  bucket = aws_s3_bucket.files.id
  name   = "EntireBucket"
}

resource "aws_s3_bucket_policy" "files" {
  bucket = aws_s3_bucket.files.id
  policy = data.aws_iam_policy_document.files.json

  depends_on = [aws_s3_bucket_public_access_block.files]
}

data "aws_iam_policy_document" "files" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.files_arn, "${local.files_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # The gate, closed until GuardDuty has found nothing; the same that the functions ask before they sign a URL, for whoever has one already.
  # A Studio file is a ZIP with a password, which GuardDuty cannot read: it alone may be "UNSUPPORTED".
  dynamic "statement" {
    for_each = [for gate in local.files_gates : gate if var.features.malware_protection]

    content {
      sid           = statement.value.sid
      effect        = "Deny"
      actions       = ["s3:GetObject", "s3:GetObjectVersion"]
      resources     = statement.value.resources
      not_resources = statement.value.not_resources

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = statement.value.test
        variable = local.files_verdict
        values   = statement.value.verdicts
      }

      condition {
        test     = "ArnNotEquals"
        variable = "aws:PrincipalArn"
        values   = [local.files_reader]
      }
    }
  }

  # Nobody else writes verdicts.
  dynamic "statement" {
    for_each = var.features.malware_protection ? ["VerdictsAreGuardDutys"] : []

    content {
      sid       = statement.value
      effect    = "Deny"
      actions   = ["s3:PutObjectTagging", "s3:PutObjectVersionTagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"]
      resources = ["${local.files_arn}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnNotEquals"
        variable = "aws:PrincipalArn"
        values   = [local.files_reader]
      }
    }
  }

  dynamic "statement" {
    for_each = aws_cloudfront_distribution.files

    content {
      sid       = "CloudFront"
      actions   = ["s3:GetObject"]
      resources = ["${local.files_arn}/*"]

      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceArn"
        values   = [statement.value.arn]
      }
    }
  }
}
