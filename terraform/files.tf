# The bucket of uploaded files (PRD 1.6): private, reached by URLs that the functions sign, gated by what GuardDuty says of each object.

locals {
  files_bucket = "lego-moc-files-${local.workspace}"
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
    allowed_origins = var.cors_origins
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

# --- GuardDuty Malware Protection -----------------------------------------------------------------------------------------------

resource "aws_guardduty_malware_protection_plan" "files" {
  count = var.features.malware_protection ? 1 : 0

  role = aws_iam_role.malware_protection.arn

  protected_resource {
    s3_bucket {
      bucket_name     = aws_s3_bucket.files.id
      object_prefixes = local.files_scanned
    }
  }

  actions {
    tagging {
      status = "ENABLED"
    }
  }

  depends_on = [aws_iam_role_policy.malware_protection]
}

resource "aws_iam_role" "malware_protection" {
  name               = "${local.name}-malware-protection"
  assume_role_policy = data.aws_iam_policy_document.assume["malware-protection-plan.guardduty"].json
}

resource "aws_iam_role_policy" "malware_protection" {
  name   = "scan"
  role   = aws_iam_role.malware_protection.id
  policy = data.aws_iam_policy_document.malware_protection.json
}

# As AWS asks for it: https://docs.aws.amazon.com/guardduty/latest/ug/malware-protection-s3-iam-policy-prerequisite.html
data "aws_iam_policy_document" "malware_protection" {
  statement {
    sid       = "ManagedRule"
    actions   = ["events:PutRule", "events:DeleteRule", "events:PutTargets", "events:RemoveTargets"]
    resources = ["arn:${local.partition}:events:${var.region}:${local.account_id}:rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*"]

    condition {
      test     = "StringLike"
      variable = "events:ManagedBy"
      values   = ["malware-protection-plan.guardduty.amazonaws.com"]
    }
  }

  statement {
    sid       = "ManagedRuleState"
    actions   = ["events:DescribeRule", "events:ListTargetsByRule"]
    resources = ["arn:${local.partition}:events:${var.region}:${local.account_id}:rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*"]
  }

  statement {
    sid       = "Bucket"
    actions   = ["s3:PutBucketNotification", "s3:GetBucketNotification", "s3:ListBucket"]
    resources = [local.files_arn]
  }

  statement {
    sid       = "Objects"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"]
    resources = [for prefix in local.files_scanned : "${local.files_arn}/${prefix}*"]
  }

  statement {
    sid       = "Validation"
    actions   = ["s3:PutObject"]
    resources = ["${local.files_arn}/malware-protection-resource-validation-object"]
  }
}

# --- CloudFront, where it is wanted (PRD 1.6.8) ---------------------------------------------------------------------------------

# Whoever signs its URLs holds the private key of `files_cdn_public_key`: without a signature the distribution shows nothing.
resource "aws_cloudfront_public_key" "files" {
  count = var.files_cdn_public_key == null ? 0 : 1

  name        = "${local.name}-files"
  encoded_key = var.files_cdn_public_key
}

resource "aws_cloudfront_key_group" "files" {
  count = var.files_cdn_public_key == null ? 0 : 1

  name  = "${local.name}-files"
  items = [aws_cloudfront_public_key.files[0].id]
}

resource "aws_cloudfront_origin_access_control" "files" {
  count = var.files_cdn_public_key == null ? 0 : 1

  name                              = "${local.name}-files"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "files" {
  # checkov:skip=CKV2_AWS_32: it has a policy of AWS, named by its id
  # checkov:skip=CKV2_AWS_42: URLs are made by the API; nobody has to like their host
  # checkov:skip=CKV2_AWS_47: signed GETs of objects; nothing interprets them
  # checkov:skip=CKV_AWS_68: as CKV2_AWS_47
  # checkov:skip=CKV_AWS_174: the certificate of CloudFront sets the version; browsers that matter speak TLS 1.2 and 1.3
  # checkov:skip=CKV_AWS_305: a bucket of objects has no root
  # checkov:skip=CKV_AWS_310: one bucket, one origin
  # checkov:skip=CKV_AWS_374: builders live everywhere
  # checkov:skip=CKV_AWS_86: as CKV_AWS_18 of the bucket
  count = var.files_cdn_public_key == null ? 0 : 1

  comment         = "Files of ${local.name}"
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = "PriceClass_100"

  origin {
    origin_id                = "files"
    domain_name              = aws_s3_bucket.files.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.files[0].id
  }

  default_cache_behavior {
    target_origin_id           = "files"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    trusted_key_groups         = [aws_cloudfront_key_group.files[0].id]
    cache_policy_id            = "658327ea-f89d-4fab-a63d-7e88639e58f6" # AWS's CachingOptimized
    response_headers_policy_id = "67f7725c-6f97-4210-82d7-5512b31e9d03" # AWS's SecurityHeadersPolicy
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}
