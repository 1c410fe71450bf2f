# CloudFront and WAF in front of the API. It forwards everything and keeps nothing: answers belong to one caller, and the application keeps
# them where it can take them back (docs/decisions/0016-answers-kept-by-generation.md).

locals {
  origin_header = "x-origin-key"
  origin_host   = local.domain == null ? trimprefix(aws_apigatewayv2_api.main.api_endpoint, "https://") : local.origin_name

  # AWS's own policies have these ids in every account.
  # Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html and
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
  keep_nothing     = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # Managed-CachingDisabled
  all_but_the_host = "b689b0a8-53d0-40ab-baf2-68738e2966ac" # Managed-AllViewerExceptHostHeader: API Gateway finds an API by its own host

  # What a flood is told: the error body of gateway/errors.py, without what WAF does not know (requestId, timestamp).
  flood = "Too many requests from this address: try again in five minutes"
  refusal = {
    success    = false
    statusCode = 429
    code       = "TOO_MANY_REQUESTS"
    message    = local.flood
    error      = { type = "TOO_MANY_REQUESTS", code = "TOO_MANY_REQUESTS", message = local.flood }
    retryAfter = 300
  }
}

# A random key, for what needs no more than being unknown. It stands in the state, since CloudFront's configuration has it in the clear as
# well; the state is encrypted, and the functions see a hash alone. `origin_keys` says how to change it without refusing anybody.
resource "terraform_data" "origin_key" {
  for_each = toset(var.origin_keys)

  input = "${uuid()}${uuid()}"

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_cloudfront_distribution" "api" {
  # checkov:skip=CKV_AWS_174: TLS 1.2 at least where there is a domain; CloudFront's own certificate comes with its own policy
  # checkov:skip=CKV_AWS_86: every request stands in API Gateway's access log, and what WAF refuses in WAF's
  # checkov:skip=CKV_AWS_374: users are wherever they are
  # checkov:skip=CKV_AWS_310: the other origin is the legacy API, and Route 53 goes back to it
  # checkov:skip=CKV_AWS_305: an API has no index page
  # checkov:skip=CKV2_AWS_32: the application sends the headers, on every answer of every door (gateway/headers.py)
  comment         = "The API of ${local.name}"
  enabled         = true
  http_version    = "http2and3"
  price_class     = "PriceClass_100" # Europe and North America; elsewhere a request goes to the nearest of these
  web_acl_id      = module.firewall.arn
  aliases         = [for domain in local.domain[*] : domain.name]
  is_ipv6_enabled = false # records are weighted for IPv4 alone, which is all that the legacy load balancer speaks

  origin {
    origin_id   = "api"
    domain_name = local.origin_host

    custom_header {
      name  = local.origin_header
      value = sensitive(terraform_data.origin_key[var.origin_keys[0]].output) # plans are kept, and read
    }

    custom_origin_config {
      http_port                = 80
      https_port               = 443
      origin_protocol_policy   = "https-only"
      origin_ssl_protocols     = ["TLSv1.2"]
      origin_read_timeout      = local.execute_api_seconds + 5 # so that API Gateway is the one to give up
      origin_keepalive_timeout = 60
    }
  }

  default_cache_behavior {
    target_origin_id         = "api"
    viewer_protocol_policy   = "https-only" # a redirect would come after the token was sent in the clear
    allowed_methods          = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = local.keep_nothing
    origin_request_policy_id = local.all_but_the_host # cookies, Authorization, If-Match, X-CSRF-Token, Origin, Accept-Encoding, query
    compress                 = false                  # CloudFront compresses only what it keeps; the API does

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.paths.arn
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = local.domain == null
    acm_certificate_arn            = one(aws_acm_certificate_validation.edge[*].certificate_arn)
    ssl_support_method             = local.domain == null ? null : "sni-only"
    minimum_protocol_version       = local.domain == null ? null : "TLSv1.2_2021"
  }
}

resource "aws_cloudfront_function" "paths" {
  name    = "${local.name}-paths"
  comment = "Takes trailing slashes off paths, and tells who asks"
  runtime = "cloudfront-js-2.0"
  code    = file("${path.module}/paths.js")
  publish = !var.emulated # moto cannot
}

module "firewall" {
  source = "./modules/firewall"

  providers = { aws = aws.global }

  name                  = local.name
  scope                 = "CLOUDFRONT"
  refusal               = jsonencode(local.refusal)
  requests_in_5_minutes = local.size.waf_requests_a_5_min
  log_retention_days    = local.size.log_retention_days
}
