# The API's name: certificates, and records that share its traffic with the legacy load balancer (PRD 5.5).

locals {
  domain      = var.features.custom_domain ? var.domain : null
  origin_name = local.domain == null ? null : "origin.${local.domain.name}"

  # Who gets how much, by the name that the record's set has in Route 53.
  shares = merge(
    {
      for domain in local.domain[*] : "lambda" => {
        name         = aws_cloudfront_distribution.api.domain_name
        zone_id      = aws_cloudfront_distribution.api.hosted_zone_id
        weight       = var.legacy == null ? 100 : var.lambda_weight
        health_check = one(aws_route53_health_check.api[*].id)
        evaluated    = false # CloudFront does not say how it is; the health check does
      }
    },
    {
      for legacy in var.legacy[*] : "legacy" => {
        name         = legacy.dns_name
        zone_id      = legacy.zone_id
        weight       = 100 - var.lambda_weight
        health_check = null
        evaluated    = true
      } if local.domain != null
    },
  )

  certificate_options = merge(
    { for certificate in aws_acm_certificate.edge : "edge" => certificate.domain_validation_options },
    { for certificate in aws_acm_certificate.origin : "origin" => certificate.domain_validation_options },
  )
}

# --- Certificates ---------------------------------------------------------------------------------------------------------------

# CloudFront's: in us-east-1, wherever the rest is.
resource "aws_acm_certificate" "edge" {
  count    = local.domain == null ? 0 : 1
  provider = aws.global

  domain_name       = local.domain.name
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

# API Gateway's, for the name that CloudFront asks for.
resource "aws_acm_certificate" "origin" {
  count = local.domain == null ? 0 : 1

  domain_name       = local.origin_name
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "certificate" {
  for_each = local.certificate_options

  zone_id         = local.domain.zone_id
  name            = one(each.value[*].resource_record_name)
  type            = one(each.value[*].resource_record_type)
  records         = each.value[*].resource_record_value
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "edge" {
  count    = local.domain == null ? 0 : 1
  provider = aws.global

  certificate_arn         = aws_acm_certificate.edge[0].arn
  validation_record_fqdns = [aws_route53_record.certificate["edge"].fqdn]
}

resource "aws_acm_certificate_validation" "origin" {
  count = local.domain == null ? 0 : 1

  certificate_arn         = aws_acm_certificate.origin[0].arn
  validation_record_fqdns = [aws_route53_record.certificate["origin"].fqdn]
}

# --- Records --------------------------------------------------------------------------------------------------------------------

resource "aws_route53_record" "origin" {
  count = local.domain == null ? 0 : 1

  zone_id = local.domain.zone_id
  name    = local.origin_name
  type    = "A"

  alias {
    name                   = aws_apigatewayv2_domain_name.origin[0].domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.origin[0].domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = false
  }
}

# Only where /health says that PostgreSQL answers does the domain's traffic come here; else the legacy load balancer gets all of it.
resource "aws_route53_health_check" "api" {
  count = local.domain == null ? 0 : 1

  type              = "HTTPS"
  fqdn              = aws_cloudfront_distribution.api.domain_name # not the domain's own, which may lead elsewhere
  port              = 443
  resource_path     = "/health"
  request_interval  = 30
  failure_threshold = 3
  regions           = ["us-east-1", "us-west-2", "eu-west-1"] # the least that Route 53 takes: each asks every 30 seconds

  tags = { Name = local.name }
}

resource "aws_route53_record" "api" {
  for_each = local.shares

  zone_id         = local.domain.zone_id
  name            = local.domain.name
  type            = "A"
  set_identifier  = each.key
  health_check_id = each.value.health_check

  alias {
    name                   = each.value.name
    zone_id                = each.value.zone_id
    evaluate_target_health = each.value.evaluated
  }

  weighted_routing_policy {
    weight = each.value.weight
  }

  # A weight is given when the record is made. Afterwards `brickgate cutover` moves it, and no apply does (docs/decisions/0029).
  lifecycle {
    ignore_changes = [weighted_routing_policy]
  }
}
