# CloudFront before the bucket of files, where it is wanted (PRD 1.6.8).

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
