# A VPC over two zones (PRD 1.2). Functions, database, cache and search live in private subnets; public ones hold the NAT gateways.

locals {
  # Letter of the zone -> the third byte of its subnets' addresses.
  zones = {
    a = { public = 1, private = 101 }
    b = { public = 2, private = 102 }
  }
  # In which zones a NAT gateway stands, and which one a zone's private subnet uses: its own where there is one, else the first.
  nat_zones = toset(slice(keys(local.zones), 0, local.size.nat_gateways))
  nat_of    = { for letter in keys(local.zones) : letter => contains(local.nat_zones, letter) ? letter : keys(local.zones)[0] }
}

# What the functions, the migrator and the bastion call by HTTPS, and what has an interface endpoint; S3 has a gateway endpoint below.
locals {
  endpoint_services = ["cognito-idp", "ec2messages", "kms", "logs", "monitoring", "secretsmanager", "sqs", "ssm", "ssmmessages", "sts", "xray"]
}

resource "aws_vpc" "main" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true # the names of RDS, ElastiCache and OpenSearch resolve to private addresses

  tags = { Name = local.name }
}

# Whatever names no security group of its own gets nowhere.
resource "aws_default_security_group" "main" {
  vpc_id = aws_vpc.main.id

  tags = { Name = "${local.name}-default-closed" }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id

  tags = { Name = local.name }
}

resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id                  = aws_vpc.main.id
  availability_zone       = "${var.region}${each.key}"
  cidr_block              = cidrsubnet(var.vpc_cidr, 8, each.value.public)
  map_public_ip_on_launch = false # NAT gateways bring their own

  tags = { Name = "${local.name}-public-${each.key}" }
}

resource "aws_subnet" "private" {
  for_each = local.zones

  vpc_id            = aws_vpc.main.id
  availability_zone = "${var.region}${each.key}"
  cidr_block        = cidrsubnet(var.vpc_cidr, 8, each.value.private)

  tags = { Name = "${local.name}-private-${each.key}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id

  tags = { Name = "${local.name}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "public" {
  for_each = local.zones

  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public.id
}

resource "aws_eip" "nat" {
  for_each = local.nat_zones

  domain = "vpc"

  tags = { Name = "${local.name}-nat-${each.key}" }
}

resource "aws_nat_gateway" "main" {
  for_each = local.nat_zones

  subnet_id     = aws_subnet.public[each.key].id
  allocation_id = aws_eip.nat[each.key].id

  tags = { Name = "${local.name}-${each.key}" }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_route_table" "private" {
  for_each = local.zones

  vpc_id = aws_vpc.main.id

  tags = { Name = "${local.name}-private-${each.key}" }
}

resource "aws_route" "nat" {
  for_each = local.zones

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main[local.nat_of[each.key]].id
}

resource "aws_route_table_association" "private" {
  for_each = local.zones

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

# --- Ways to AWS that do not lead through NAT -----------------------------------------------------------------------------------

# Every uploaded and processed byte goes to S3, and a gateway endpoint costs nothing (PRD 1.2.7).
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for table in aws_route_table.private : table.id]

  tags = { Name = "${local.name}-s3" }
}

# An interface endpoint costs 7.30 dollars a month and zone and saves 3.5 cents for each GB that NAT would have carried (0.045 - 0.01):
# in two zones it pays from 417 GB a month and service on. The functions ask Cognito's keys once an hour, Secrets Manager once a start,
# and send SQS a hundred bytes a change; logs and traces leave Lambda outside of the VPC. None comes near, so none is made by
# default. A variable and no count of workspaces: who must keep this traffic off the internet, lists the services.
resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_endpoints

  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints[0].id]

  tags = { Name = "${local.name}-${each.key}" }
}

# --- What was refused -----------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_log_group" "flows" {
  name              = "/aws/vpc/${local.name}/refused"
  retention_in_days = local.size.log_retention_days
  kms_key_id        = aws_kms_key.main.arn
}

# Only what security groups refused: all of it would cost more than the gateway does, and say what access logs say better.
resource "aws_flow_log" "refused" {
  vpc_id               = aws_vpc.main.id
  traffic_type         = "REJECT"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flows.arn
  iam_role_arn         = aws_iam_role.flows.arn
}

resource "aws_iam_role" "flows" {
  name                 = "${local.name}-flows"
  assume_role_policy   = data.aws_iam_policy_document.assume["vpc-flow-logs"].json
  permissions_boundary = local.boundary_arn
}

resource "aws_iam_role_policy" "flows" {
  name   = "write"
  role   = aws_iam_role.flows.id
  policy = data.aws_iam_policy_document.flows.json
}

data "aws_iam_policy_document" "flows" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flows.arn}:*"]
  }
}

# Who may take the roles of the base: one service each, for this account alone.
data "aws_iam_policy_document" "assume" {
  for_each = {
    "vpc-flow-logs"                     = true
    "rds"                               = false # AWS documents none for proxies
    "monitoring.rds"                    = true
    "malware-protection-plan.guardduty" = true
    "ec2"                               = false # EC2 sends no account to check
  }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }

    dynamic "condition" {
      for_each = each.value ? [local.account_id] : []

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [condition.value]
      }
    }
  }
}
