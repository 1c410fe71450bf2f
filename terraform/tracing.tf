# X-Ray (PRD 5.3). Every function is traced (modules/function); this says how many requests. X-Ray decides when a request begins, and cannot
# know by then that it will fail: "100% of errors" (PRD 5.3.9) is met by the logs, where every error stands with its request id, and by the
# first request of each second, which is always traced. HTTP APIs themselves send no traces; the map begins at the functions.

resource "aws_xray_sampling_rule" "main" {
  count = var.features.sampling ? 1 : 0

  rule_name      = local.name
  version        = 1
  priority       = 1000
  reservoir_size = 1    # the first of each second, and
  fixed_rate     = 0.05 # of the rest one in twenty

  service_name = "${local.name}-*"
  service_type = "*"
  host         = "*"
  http_method  = "*"
  url_path     = "*"
  resource_arn = "*"
}
