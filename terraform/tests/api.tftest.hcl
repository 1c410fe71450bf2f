# What the API and its edge promise: every route of the code and no other, reached by CloudFront alone, shared with the legacy API by one number.

mock_provider "aws" {
  source = "./tests/aws"
}

mock_provider "aws" {
  alias  = "global"
  source = "./tests/aws"
}

variables {
  workspace = "dev"
}

run "without_a_domain" {
  assert {
    condition     = toset(keys(aws_apigatewayv2_route.this)) == toset(keys(jsondecode(file("routes.json")))) && contains(keys(aws_apigatewayv2_route.this), "$default")
    error_message = "The API has the routes of routes.json, and $default."
  }

  assert {
    condition     = alltrue([for route in aws_apigatewayv2_route.this : route.authorization_type == "CUSTOM" && route.authorizer_id == aws_apigatewayv2_authorizer.origin.id])
    error_message = "Every route asks whether the request came by CloudFront."
  }

  assert {
    condition     = alltrue([for name, integration in aws_apigatewayv2_integration.function : integration.payload_format_version == "2.0" && integration.integration_uri == module.function[name].invoke_arn])
    error_message = "Every route ends at the alias of a function."
  }

  assert {
    condition     = length(aws_apigatewayv2_api.main.cors_configuration) == 0
    error_message = "CORS has one owner, which is the application."
  }

  assert {
    condition     = aws_apigatewayv2_stage.default.name == "$default" && aws_apigatewayv2_stage.default.default_route_settings[0].throttling_rate_limit == 100 && aws_apigatewayv2_stage.default.default_route_settings[0].throttling_burst_limit == 200
    error_message = "All callers of dev together send a hundred requests a second."
  }

  assert {
    condition     = can(jsondecode(aws_apigatewayv2_stage.default.access_log_settings[0].format).requestId) && !strcontains(aws_apigatewayv2_stage.default.access_log_settings[0].format, "authorization")
    error_message = "The access log is JSON, and without tokens."
  }

  # The key that CloudFront sends is the one whose hash the stage has.
  assert {
    condition     = aws_apigatewayv2_stage.default.stage_variables.originKeys == sha256(one(one(aws_cloudfront_distribution.api.origin).custom_header).value) && length(one(one(aws_cloudfront_distribution.api.origin).custom_header).value) == 72
    error_message = "CloudFront sends the key that the API knows the hash of."
  }

  assert {
    condition     = contains(aws_apigatewayv2_authorizer.origin.identity_sources, "$request.header.x-origin-key") && one(one(aws_cloudfront_distribution.api.origin).custom_header).name == "x-origin-key"
    error_message = "A request without the header is refused before any function runs."
  }

  assert {
    condition = (
      aws_cloudfront_distribution.api.default_cache_behavior[0].cache_policy_id == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
      && aws_cloudfront_distribution.api.default_cache_behavior[0].origin_request_policy_id == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
      && aws_cloudfront_distribution.api.default_cache_behavior[0].viewer_protocol_policy == "https-only"
      && length(aws_cloudfront_distribution.api.default_cache_behavior[0].allowed_methods) == 7
    )
    error_message = "CloudFront keeps nothing and hands on everything but the host."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.api.default_cache_behavior[0].function_association).event_type == "viewer-request" && one(aws_cloudfront_distribution.api.default_cache_behavior[0].function_association).function_arn == aws_cloudfront_function.paths.arn && aws_cloudfront_function.paths.publish
    error_message = "A trailing slash is taken off before API Gateway looks for a route."
  }

  assert {
    condition     = aws_cloudfront_distribution.api.web_acl_id == module.firewall.arn && module.firewall.rules == toset(["rate", "AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesSQLiRuleSet"])
    error_message = "WAF stands in front: AWS's rules, and a rate for each address."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.api.origin).domain_name == "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com" && length(aws_route53_record.api) == 0 && output.api_url == "https://d111111abcdef8.cloudfront.net"
    error_message = "Without a domain CloudFront's own name serves."
  }

  assert {
    condition = alltrue([for name, mapping in aws_lambda_event_source_mapping.worker : contains(mapping.function_response_types, "ReportBatchItemFailures")]) && alltrue([
      for queue in [aws_sqs_queue.outbox, aws_sqs_queue.verdicts] : queue.visibility_timeout_seconds == 6 * 300 && can(jsondecode(queue.redrive_policy).deadLetterTargetArn) && queue.sqs_managed_sse_enabled
    ])
    error_message = "One message that fails comes back alone, not before the worker has ended, and in the end to a queue of dead letters."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.minute.schedule_expression == "rate(1 minute)" && jsondecode(aws_cloudwatch_event_rule.verdicts[0].event_pattern).detail.s3ObjectDetails.bucketName[0] == "lego-moc-files-dev"
    error_message = "The worker is woken each minute, and by verdicts on the files of this workspace."
  }

  assert {
    condition = toset(keys(aws_appsync_resolver.field)) == toset(flatten([
      for type, fields in jsondecode(file("appsync.json")) : [for field in fields : "${type}.${field}"]
    ])) && alltrue([for resolver in aws_appsync_resolver.field : resolver.max_batch_size >= 10])
    error_message = "AppSync asks the function for every field of appsync.json, in batches."
  }

  assert {
    condition     = aws_appsync_graphql_api.main[0].authentication_type == "AMAZON_COGNITO_USER_POOLS" && length(aws_wafv2_web_acl_association.appsync) == 1
    error_message = "AppSync serves whom Cognito knows, behind WAF."
  }

  assert {
    condition     = length(aws_cognito_user_pool.main) == 1 && !aws_cognito_user_pool_client.frontend[0].generate_secret
    error_message = "Without a pool one is made."
  }
}

run "before_the_cut_over" {
  command = plan

  variables {
    domain = { name = "api.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
    legacy = { dns_name = "legacy-1234567890.us-east-1.elb.amazonaws.com", zone_id = "Z35SXDOTRQ7X7K" }
  }

  assert {
    condition     = jsonencode({ for name, record in aws_route53_record.api : name => record.weighted_routing_policy[0].weight }) == jsonencode({ lambda = 0, legacy = 100 })
    error_message = "At first the legacy API gets everything."
  }

  assert {
    condition     = aws_apigatewayv2_api.main.disable_execute_api_endpoint && one(aws_cloudfront_distribution.api.origin).domain_name == "origin.api.example.com" && one(aws_cloudfront_distribution.api.aliases) == "api.example.com"
    error_message = "With a domain API Gateway's own name is switched off."
  }

  assert {
    condition     = aws_route53_health_check.api[0].resource_path == "/health" && aws_route53_record.api["legacy"].alias[0].evaluate_target_health
    error_message = "Whoever is ill gets nothing."
  }
}

run "the_first_tenth" {
  command = plan

  variables {
    domain        = { name = "api.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
    legacy        = { dns_name = "legacy-1234567890.us-east-1.elb.amazonaws.com", zone_id = "Z35SXDOTRQ7X7K" }
    lambda_weight = 10
  }

  assert {
    condition     = jsonencode({ for name, record in aws_route53_record.api : name => record.weighted_routing_policy[0].weight }) == jsonencode({ lambda = 10, legacy = 90 })
    error_message = "One number shares the traffic."
  }
}

run "once_the_legacy_api_is_gone" {
  command = plan

  variables {
    domain = { name = "api.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
  }

  assert {
    condition     = jsonencode({ for name, record in aws_route53_record.api : name => record.weighted_routing_policy[0].weight }) == jsonencode({ lambda = 100 })
    error_message = "Who is alone gets everything."
  }
}

run "a_pool_that_is_there" {
  command   = plan
  state_key = "elsewhere" # an estate that was made with it

  variables {
    cognito = { user_pool_id = "us-east-1_Legacy123", client_ids = ["one", "two"] }
  }

  assert {
    condition     = length(aws_cognito_user_pool.main) == 0 && module.function["api"].environment.COGNITO_USER_POOL_ID == "us-east-1_Legacy123" && module.function["api"].environment.COGNITO_CLIENT_ID == "one,two"
    error_message = "The pool that the frontend signs in to stays."
  }

  assert {
    condition     = one(flatten([for statement in module.function["api"].policy : statement.Resource if statement.Sid == "ReadAndChangeUsers"])) == "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Legacy123"
    error_message = "Functions may read and change users of that pool."
  }
}

run "changing_the_key" {
  command = plan

  variables {
    origin_keys = ["2", "1"]
  }

  assert {
    condition     = toset(keys(terraform_data.origin_key)) == toset(["1", "2"]) && terraform_data.origin_key["1"].output != null
    error_message = "The old key stays good while CloudFront changes to the new one."
  }
}

run "a_key_without_a_name_is_refused" {
  command = plan

  variables {
    origin_keys = [""]
  }

  expect_failures = [var.origin_keys]
}

run "too_much_weight_is_refused" {
  command = plan

  variables {
    lambda_weight = 101
  }

  expect_failures = [var.lambda_weight]
}

run "a_legacy_without_a_domain_is_refused" {
  command = plan

  variables {
    legacy = { dns_name = "legacy-1234567890.us-east-1.elb.amazonaws.com", zone_id = "Z35SXDOTRQ7X7K" }
  }

  expect_failures = [var.legacy]
}

run "no_pool_id_is_refused" {
  command = plan

  variables {
    cognito = { user_pool_id = "legacy", client_ids = ["one"] }
  }

  expect_failures = [var.cognito]
}

run "a_pool_of_another_region_is_refused" {
  command = plan

  variables {
    cognito = { user_pool_id = "eu-west-1_Legacy123", client_ids = ["one"] }
  }

  expect_failures = [var.cognito]
}

# --- What stays as it was made: the estate of the first run, wanted otherwise -------------------------------------------------------

run "another_kind_of_database_is_refused" {
  command = plan

  variables {
    database_kind = "aurora"
  }

  expect_failures = [terraform_data.lasting["database_kind"]]
}

run "another_network_is_refused" {
  command = plan

  variables {
    vpc_cidr = "10.9.0.0/16"
  }

  expect_failures = [terraform_data.lasting["vpc_cidr"]]
}

run "leaving_the_own_pool_is_refused" {
  command = plan

  variables {
    cognito = { user_pool_id = "us-east-1_Legacy123", client_ids = ["one"] }
  }

  expect_failures = [terraform_data.lasting["cognito"]]
}

run "another_bucket_is_refused" {
  command = plan

  variables {
    files_suffix = "123456789012"
  }

  expect_failures = [terraform_data.lasting["files_suffix"]]
}

run "the_same_is_not_refused" {
  command = plan

  variables {
    database_kind = "instance"
  }

  assert {
    condition     = terraform_data.lasting["database_kind"].output == "instance"
    error_message = "The estate knows what it was made with."
  }
}

run "another_kind_on_purpose" {
  command = plan

  plan_options {
    replace = [terraform_data.lasting["database_kind"]]
  }

  variables {
    database_kind = "aurora"
  }

  assert {
    condition     = length(aws_rds_cluster.main) == 1
    error_message = "Whoever replaces the memory gets the other kind."
  }
}
