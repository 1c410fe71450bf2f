# The HTTP API (PRD 2.1.7): one route for each of the gateway's, by the function that serves it. Its table is exported from the code by
# `make routes`, and `make check` fails where the two differ.
#
# There is no JWT authorizer (PRD 2.1.8): API Gateway's cannot read the cookie that the frontend signs in by, so the application verifies
# Cognito's tokens itself (gateway/identity.py). There is no cors_configuration either: the application answers CORS, OPTIONS included, which
# `$default` brings to it.

locals {
  execute_api_seconds = 30 # HTTP APIs wait no longer, whatever the function may take
}

resource "aws_apigatewayv2_api" "main" {
  name          = local.name
  description   = "REST and GraphQL of ${local.name}"
  protocol_type = "HTTP"

  # With a domain of its own the API has no other name. Without one the authorizer below refuses whoever uses this one.
  disable_execute_api_endpoint = local.domain != null
}

resource "aws_apigatewayv2_integration" "function" {
  for_each = local.http_classes

  api_id                 = aws_apigatewayv2_api.main.id
  description            = local.functions[each.key].description
  integration_type       = "AWS_PROXY"
  integration_uri        = module.function[each.key].invoke_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = 1000 * local.execute_api_seconds
}

resource "aws_apigatewayv2_route" "this" {
  for_each = local.routes

  api_id             = aws_apigatewayv2_api.main.id
  route_key          = each.key
  target             = "integrations/${aws_apigatewayv2_integration.function[each.value].id}"
  authorization_type = "CUSTOM" # whether it came by CloudFront; who is calling, the application finds out
  authorizer_id      = aws_apigatewayv2_authorizer.origin.id
}

resource "aws_lambda_permission" "api" {
  for_each = local.http_classes

  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = module.function[each.key].function_name
  qualifier     = module.function[each.key].alias_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.main.execution_arn}/*"
}

# --- The door that only CloudFront may use ----------------------------------------------------------------------------------------

# HTTP APIs take no WAF and no resource policy, so CloudFront stands in front with one, and sends a key that nobody else knows. A request
# without the header is refused by API Gateway itself; one with a wrong key by a function, whose answer is kept for five minutes.
resource "aws_apigatewayv2_authorizer" "origin" {
  api_id                            = aws_apigatewayv2_api.main.id
  name                              = "came-by-cloudfront"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = module.function["origin"].invoke_arn
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = true
  identity_sources                  = ["$request.header.${local.origin_header}"]
  authorizer_result_ttl_in_seconds  = 300
}

resource "aws_lambda_permission" "origin" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = module.function["origin"].function_name
  qualifier     = module.function["origin"].alias_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.main.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.origin.id}"
}

# --- The stage ------------------------------------------------------------------------------------------------------------------

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.main.id
  name        = "$default"
  description = "The only one; new versions come by the functions' aliases"
  auto_deploy = true

  # What the authorizer compares with: hashes, which tell nobody the keys.
  stage_variables = { originKeys = join(",", [for key in var.origin_keys : sha256(terraform_data.origin_key[key].output)]) }

  # All callers together: what the database stands. What one caller may, the application and WAF say.
  default_route_settings {
    detailed_metrics_enabled = true # metrics for each route
    throttling_rate_limit    = local.size.api_requests_a_second
    throttling_burst_limit   = 2 * local.size.api_requests_a_second
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    # No headers but the browser's name, and no query: neither tokens nor what people search for.
    format = jsonencode({
      time             = "$context.requestTime"
      requestId        = "$context.requestId"
      extendedId       = "$context.extendedRequestId"
      ip               = "$context.identity.sourceIp"
      userAgent        = "$context.identity.userAgent"
      route            = "$context.routeKey"
      method           = "$context.httpMethod"
      path             = "$context.path"
      protocol         = "$context.protocol"
      status           = "$context.status"
      length           = "$context.responseLength"
      milliseconds     = "$context.responseLatency"
      functionMs       = "$context.integrationLatency"
      functionStatus   = "$context.integration.integrationStatus"
      functionRequest  = "$context.awsEndpointRequestId"
      functionError    = "$context.integrationErrorMessage"
      authorizerError  = "$context.authorizer.error"
      gatewayErrorType = "$context.error.responseType"
    })
  }

  # AWS takes a stage's settings only while the account may write logs, and a route's throttling only with the route there.
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${local.name}"
  retention_in_days = local.size.log_retention_days
  kms_key_id        = aws_kms_key.main.arn
}

# --- Its own name, behind CloudFront's --------------------------------------------------------------------------------------------

resource "aws_apigatewayv2_domain_name" "origin" {
  count = local.domain == null ? 0 : 1

  domain_name = local.origin_name

  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.origin[0].certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "origin" {
  count = local.domain == null ? 0 : 1

  api_id      = aws_apigatewayv2_api.main.id
  domain_name = aws_apigatewayv2_domain_name.origin[0].id
  stage       = aws_apigatewayv2_stage.default.id
}
