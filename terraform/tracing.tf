# X-Ray (PRD 5.3). Every function is traced (modules/function), and AWS alone says how many of its requests: the first of each second and one in twenty
# of the others. "You can't configure the X-Ray sampling rate for your functions": a rule that names them does nothing. That is the PRD's 5 percent (5.3.9)
# and not its "100% of errors", which no rule could be: X-Ray decides when a request begins, and cannot know by then that it will fail. What fails is
# found in the log, where every error stands with its request id. HTTP APIs themselves send no traces; the map begins at the functions.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
#
# AppSync does take rules, and its function follows what it has decided. This one says for it what Lambda does by itself.
# Source: https://docs.aws.amazon.com/appsync/latest/devguide/x-ray-tracing.html
resource "aws_xray_sampling_rule" "main" {
  count = var.features.sampling && local.appsync_enabled ? 1 : 0

  rule_name      = local.name
  version        = 1
  priority       = 1000
  reservoir_size = 1    # the first of each second, and
  fixed_rate     = 0.05 # of the rest one in twenty

  service_name = "*"
  service_type = "AWS::AppSync::GraphQLAPI"
  host         = "*"
  http_method  = "*"
  url_path     = "*"
  resource_arn = aws_appsync_graphql_api.main[0].arn
}
