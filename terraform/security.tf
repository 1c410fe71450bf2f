# Security groups that name each other and no address: what may talk to what, as one table (PRD 1.2.5, 1.3.4, 1.4.3, 1.5.3).

locals {
  # from, to, port. Nobody but the proxy and the migrator reaches the database.
  conversations = merge(
    {
      functions_proxy   = { from = "functions", to = "proxy", port = 5432 }
      proxy_database    = { from = "proxy", to = "database", port = 5432 }
      migrator_database = { from = "migrator", to = "database", port = 5432 } # migrations take advisory locks, which would pin the proxy
      functions_cache   = { from = "functions", to = "cache", port = 6379 }
      functions_search  = { from = "functions", to = "search", port = 443 }
    },
    var.bastion ? {
      bastion_database = { from = "bastion", to = "database", port = 5432 }
    } : {},
    length(var.interface_endpoints) > 0 ? {
      functions_endpoints = { from = "functions", to = "endpoints", port = 443 }
      migrator_endpoints  = { from = "migrator", to = "endpoints", port = 443 }
    } : {},
    # Names of services lead to their endpoints in the whole VPC, so that the bastion finds Systems Manager there, too.
    var.bastion && length(var.interface_endpoints) > 0 ? {
      bastion_endpoints = { from = "bastion", to = "endpoints", port = 443 }
    } : {},
  )

  security_groups = {
    functions = aws_security_group.functions.id
    migrator  = aws_security_group.migrator.id
    proxy     = aws_security_group.proxy.id
    database  = aws_security_group.database.id
    cache     = aws_security_group.cache.id
    search    = aws_security_group.search.id
    bastion   = one(aws_security_group.bastion[*].id)
    endpoints = one(aws_security_group.endpoints[*].id)
  }

  # Who calls AWS or another host by HTTPS: Cognito, SQS, S3, Secrets Manager, Systems Manager.
  callers = merge(
    { functions = aws_security_group.functions.id, migrator = aws_security_group.migrator.id },
    var.bastion ? { bastion = one(aws_security_group.bastion[*].id) } : {},
  )
}

# Lambda keeps a function's network interfaces for a while after the function is gone, and deletes them under the function's role. What these two
# groups depend on is destroyed after them, and they go after the last interface: so the roles outlive all of them.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
resource "aws_security_group" "functions" {
  # checkov:skip=CKV2_AWS_5: functions take it through their module
  name        = "${local.name}-functions"
  description = "Lambda functions: outwards only"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${local.name}-functions" }

  depends_on = [module.function.connected] # see above
}

resource "aws_security_group" "migrator" {
  # checkov:skip=CKV2_AWS_5: the migrator takes it through the module of functions
  name        = "${local.name}-migrator"
  description = "The function that migrates, straight to the database: outwards only"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${local.name}-migrator" }

  depends_on = [module.function.connected] # see above
}

resource "aws_security_group" "proxy" {
  # checkov:skip=CKV2_AWS_5: RDS Proxy takes it, which checkov does not know to
  name        = "${local.name}-proxy"
  description = "RDS Proxy: from functions, to the database"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${local.name}-proxy" }
}

resource "aws_security_group" "database" {
  name        = "${local.name}-database"
  description = "PostgreSQL: from the proxy and the migrator"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${local.name}-database" }
}

resource "aws_security_group" "cache" {
  name        = "${local.name}-cache"
  description = "Redis: from functions"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${local.name}-cache" }
}

resource "aws_security_group" "search" {
  name        = "${local.name}-search"
  description = "OpenSearch: from functions"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${local.name}-search" }
}

resource "aws_security_group" "endpoints" {
  count = length(var.interface_endpoints) > 0 ? 1 : 0

  name        = "${local.name}-endpoints"
  description = "Interface endpoints: from functions"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${local.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "conversation" {
  for_each = local.conversations

  description                  = "From ${each.value.from}"
  security_group_id            = local.security_groups[each.value.to]
  referenced_security_group_id = local.security_groups[each.value.from]
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "conversation" {
  for_each = local.conversations

  description                  = "To ${each.value.to}"
  security_group_id            = local.security_groups[each.value.from]
  referenced_security_group_id = local.security_groups[each.value.to]
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "https" {
  for_each = local.callers

  description       = "To AWS, by HTTPS"
  security_group_id = each.value
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
