# The legacy service's way to the one database that both services have during the cut-over (PRD 5.5): its VPC joined to this one, and its tasks let
# in, to the database itself, since the proxy takes IAM alone. It goes with the variable, once the legacy service has gone.

resource "aws_vpc_peering_connection" "legacy" {
  count = var.legacy_network == null ? 0 : 1

  vpc_id      = aws_vpc.main.id
  peer_vpc_id = var.legacy_network.vpc_id
  auto_accept = true # of the same account and region

  tags = { Name = "${local.name}-legacy" }
}

# From the database back, and there.
resource "aws_route" "to_legacy" {
  for_each = { for letter in keys(local.zones) : letter => aws_route_table.private[letter].id if var.legacy_network != null }

  route_table_id            = each.value
  destination_cidr_block    = var.legacy_network.cidr_block
  vpc_peering_connection_id = aws_vpc_peering_connection.legacy[0].id
}

resource "aws_route" "from_legacy" {
  for_each = var.legacy_network == null ? toset([]) : var.legacy_network.route_table_ids

  route_table_id            = each.key
  destination_cidr_block    = var.vpc_cidr
  vpc_peering_connection_id = aws_vpc_peering_connection.legacy[0].id
}

resource "aws_vpc_security_group_ingress_rule" "legacy" {
  for_each = { for group in var.legacy_network == null ? [] : var.legacy_network.security_group_ids : "${group}_database" => group }

  description                  = "From legacy"
  security_group_id            = aws_security_group.database.id
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432

  depends_on = [aws_vpc_peering_connection.legacy] # AWS knows a group of another VPC by it alone
}
