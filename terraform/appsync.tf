# AppSync (optional): the same graph, resolved by the same schema in a function. Its dialect of the SDL and the list of fields that it asks
# the function for are exported from the code by `make schema`. Without these files there is no AppSync API, and a plan works all the same.

locals {
  appsync_schema  = "${path.module}/schema.appsync.graphql"
  appsync_fields  = "${path.module}/appsync.json"
  appsync_enabled = var.appsync && fileexists(local.appsync_schema) && fileexists(local.appsync_fields)
  appsync_asked   = local.appsync_enabled && var.features.appsync_datasource

  # "Query.mocs" = { type = "Query", field = "mocs" }
  appsync_resolvers = merge([
    for type, fields in local.appsync_asked ? jsondecode(file(local.appsync_fields)) : {} : {
      for field in fields : "${type}.${field}" => { type = type, field = field }
    }
  ]...)
}

resource "aws_appsync_graphql_api" "main" {
  count = local.appsync_enabled ? 1 : 0

  name                = local.name
  schema              = file(local.appsync_schema)
  authentication_type = "AMAZON_COGNITO_USER_POOLS"
  xray_enabled        = true

  # As the gateway itself has it: nobody needs to explore production.
  introspection_config = local.environment == "production" ? "DISABLED" : "ENABLED"
  query_depth_limit    = 10
  resolver_count_limit = 1000 # a page of 100 with the lists that each one has, and theirs

  user_pool_config {
    user_pool_id        = local.user_pool_id
    aws_region          = var.region
    app_id_client_regex = "^(${join("|", local.user_pool_client_ids)})$"
    default_action      = "ALLOW" # whoever has signed in; what they may see, the resolvers know
  }

  log_config {
    cloudwatch_logs_role_arn = aws_iam_role.appsync_log[0].arn
    field_log_level          = "ERROR"
    exclude_verbose_content  = true # no headers, no contexts: tokens and people's data
  }
}

# AppSync names its log group itself; made here, so that it does not keep it for ever.
resource "aws_cloudwatch_log_group" "appsync" {
  count = local.appsync_enabled ? 1 : 0

  name              = "/aws/appsync/apis/${aws_appsync_graphql_api.main[0].id}"
  retention_in_days = local.size.log_retention_days
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_appsync_datasource" "function" {
  count = local.appsync_asked ? 1 : 0

  api_id           = aws_appsync_graphql_api.main[0].id
  name             = "function"
  description      = "The schema of resolvers/, in Lambda"
  type             = "AWS_LAMBDA"
  service_role_arn = aws_iam_role.appsync[0].arn

  lambda_config {
    function_arn = module.function["appsync"].alias_arn
  }
}

# Direct resolvers: no templates and no code, so that every rule stays in resolvers/. AppSync hands over up to so many parents at once, for
# which one statement does.
resource "aws_appsync_resolver" "field" {
  for_each = local.appsync_resolvers

  api_id         = aws_appsync_graphql_api.main[0].id
  type           = each.value.type
  field          = each.value.field
  kind           = "UNIT"
  data_source    = aws_appsync_datasource.function[0].name
  max_batch_size = contains(["Query", "Mutation"], each.value.type) ? 10 : 100 # the same root field a few times; children by the page
}

# --- What it may do -------------------------------------------------------------------------------------------------------------

locals {
  appsync_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AppSyncOfThisAccount"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "appsync.amazonaws.com" }
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  })
}

resource "aws_iam_role" "appsync" {
  count = local.appsync_enabled ? 1 : 0

  name                 = "${local.name}-appsync-datasource"
  description          = "By which AppSync asks the function"
  assume_role_policy   = local.appsync_trust
  permissions_boundary = local.boundary_arn
}

resource "aws_iam_role_policy" "appsync" {
  count = local.appsync_enabled ? 1 : 0

  name = "invoke"
  role = aws_iam_role.appsync[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "AskTheFunction"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [module.function["appsync"].alias_arn]
      },
    ]
  })
}

resource "aws_iam_role" "appsync_log" {
  count = local.appsync_enabled ? 1 : 0

  name                 = "${local.name}-appsync-log"
  description          = "By which AppSync writes its log"
  assume_role_policy   = local.appsync_trust
  permissions_boundary = local.boundary_arn
}

resource "aws_iam_role_policy" "appsync_log" {
  count = local.appsync_enabled ? 1 : 0

  name = "log"
  role = aws_iam_role.appsync_log[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteTheLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:${local.partition}:logs:${var.region}:${local.account_id}:log-group:/aws/appsync/apis/*"]
      },
    ]
  })
}

# --- In front of it -------------------------------------------------------------------------------------------------------------

module "appsync_firewall" {
  source = "./modules/firewall"
  count  = local.appsync_enabled ? 1 : 0

  name                  = "${local.name}-appsync"
  scope                 = "REGIONAL"
  refusal               = jsonencode({ errors = [{ message = local.flood, extensions = { code = "TOO_MANY_REQUESTS" } }] })
  requests_in_5_minutes = local.size.waf_requests_a_5_min
  log_retention_days    = local.size.log_retention_days
}

resource "aws_wafv2_web_acl_association" "appsync" {
  count = local.appsync_enabled ? 1 : 0

  resource_arn = aws_appsync_graphql_api.main[0].arn
  web_acl_arn  = module.appsync_firewall[0].arn
}
