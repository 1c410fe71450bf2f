# PostgreSQL 15 behind RDS Proxy (PRD 1.3): Aurora Serverless v2, or one RDS instance, as the size map or `database_kind` says. Functions get in
# through the proxy alone, by IAM; RDS makes, keeps and rotates the password, which nobody else ever sees.

locals {
  database_kind = coalesce(var.database_kind, local.size.database_kind)
  aurora        = local.database_kind == "aurora"

  database_name  = "brickgate" # of the database and of its user
  database_host  = local.aurora ? one(aws_rds_cluster.main[*].endpoint) : one(aws_db_instance.main[*].address)
  database_query = "sslmode=require"

  # Handles for functions, alarms and the dashboard.
  database_url             = "postgresql://${local.database_name}@${aws_db_proxy.main.endpoint}:5432/${local.database_name}?${local.database_query}"
  migrator_database_url    = "postgresql://${local.database_name}@${local.database_host}:5432/${local.database_name}?${local.database_query}"
  database_secret_arn      = local.aurora ? one(aws_rds_cluster.main[*].master_user_secret[0].secret_arn) : one(aws_db_instance.main[*].master_user_secret[0].secret_arn)
  database_connect_arn     = "arn:${local.partition}:rds-db:${var.region}:${local.account_id}:dbuser:${element(split(":", aws_db_proxy.main.arn), 6)}/${local.database_name}" # for rds-db:connect
  database_dimensions      = local.aurora ? { DBClusterIdentifier = local.name } : { DBInstanceIdentifier = local.name }
  database_max_connections = 125
  proxy_max_connections    = 100 # PRD 1.3.2; a quarter more is left to the migrator, RDS and people

  database_parameters = {
    max_connections                     = { value = tostring(local.database_max_connections), restart = true }
    shared_preload_libraries            = { value = "pg_stat_statements", restart = true }
    "rds.force_ssl"                     = { value = "1", restart = false }
    jit                                 = { value = "0", restart = false }     # statements take milliseconds; compiling them takes longer
    random_page_cost                    = { value = "1.1", restart = false }   # SSD
    work_mem                            = { value = "16384", restart = false } # kB: sorts of a page of search results stay in memory
    idle_in_transaction_session_timeout = { value = "60000", restart = false } # ms: a frozen function must not hold locks
    log_min_duration_statement          = { value = "500", restart = false }   # ms
    log_statement                       = { value = "ddl", restart = false }
    log_lock_waits                      = { value = "1", restart = false }
  }
}

resource "aws_db_subnet_group" "main" {
  name        = local.name
  description = "Private subnets of ${local.name}"
  subnet_ids  = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_cloudwatch_log_group" "database" {
  name              = local.aurora ? "/aws/rds/cluster/${local.name}/postgresql" : "/aws/rds/instance/${local.name}/postgresql"
  retention_in_days = local.size.log_retention_days
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_iam_role" "database_monitoring" {
  name                 = "${local.name}-database-monitoring"
  assume_role_policy   = data.aws_iam_policy_document.assume["monitoring.rds"].json
  permissions_boundary = local.boundary_arn
}

resource "aws_iam_role_policy_attachment" "database_monitoring" {
  role       = aws_iam_role.database_monitoring.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

# --- Aurora ---------------------------------------------------------------------------------------------------------------------

resource "aws_rds_cluster_parameter_group" "main" {
  count = local.aurora ? 1 : 0

  name        = local.name
  family      = "aurora-postgresql15"
  description = "Many short statements, through a proxy"

  dynamic "parameter" {
    for_each = local.database_parameters

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.restart ? "pending-reboot" : "immediate"
    }
  }
}

resource "aws_rds_cluster" "main" {
  # checkov:skip=CKV2_AWS_27: statements are logged by the parameter group, whose dynamic blocks checkov does not read
  # checkov:skip=CKV2_AWS_8: RDS keeps seven days of backups by itself (PRD 1.3.6)
  count = local.aurora ? 1 : 0

  cluster_identifier = local.name
  engine             = "aurora-postgresql"
  engine_mode        = "provisioned" # which is what Serverless v2 is called
  engine_version     = var.database_version
  database_name      = local.database_name

  master_username               = local.database_name
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.main.key_id

  db_subnet_group_name                = aws_db_subnet_group.main.name
  vpc_security_group_ids              = [aws_security_group.database.id]
  db_cluster_parameter_group_name     = aws_rds_cluster_parameter_group.main[0].name
  iam_database_authentication_enabled = true

  storage_encrypted = true
  kms_key_id        = aws_kms_key.main.arn

  backup_retention_period   = 7
  preferred_backup_window   = "03:00-04:00"
  copy_tags_to_snapshot     = true
  deletion_protection       = local.deletion_protection
  skip_final_snapshot       = !local.size.final_snapshot
  final_snapshot_identifier = local.size.final_snapshot ? "${local.name}-final" : null

  preferred_maintenance_window    = "sun:04:30-sun:05:30"
  enabled_cloudwatch_logs_exports = ["postgresql"]

  serverlessv2_scaling_configuration {
    min_capacity = local.size.database_min_capacity
    max_capacity = local.size.database_max_capacity
  }

  depends_on = [aws_cloudwatch_log_group.database] # else RDS makes it, to be kept for ever
}

resource "aws_rds_cluster_instance" "main" {
  count = local.aurora ? local.size.database_instances : 0

  identifier         = "${local.name}-${count.index + 1}"
  cluster_identifier = aws_rds_cluster.main[0].id
  engine             = aws_rds_cluster.main[0].engine
  engine_version     = aws_rds_cluster.main[0].engine_version
  instance_class     = "db.serverless"
  promotion_tier     = 1 # the reader grows with the writer, ready to take over

  auto_minor_version_upgrade            = true
  copy_tags_to_snapshot                 = true
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.database_monitoring.arn
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.main.arn
  performance_insights_retention_period = local.size.database_insights_days
}

# --- or one instance ------------------------------------------------------------------------------------------------------------

resource "aws_db_parameter_group" "main" {
  count = local.aurora ? 0 : 1

  name        = local.name
  family      = "postgres15"
  description = "Many short statements, through a proxy"

  dynamic "parameter" {
    for_each = local.database_parameters

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.restart ? "pending-reboot" : "immediate"
    }
  }
}

resource "aws_db_instance" "main" {
  # checkov:skip=CKV2_AWS_69: rds.force_ssl is in the parameter group, whose dynamic blocks checkov does not read
  count = local.aurora ? 0 : 1

  identifier     = local.name
  engine         = "postgres"
  engine_version = var.database_version
  instance_class = local.size.database_instance_class
  db_name        = local.database_name
  multi_az       = local.size.database_multi_az

  username                      = local.database_name
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.main.key_id

  db_subnet_group_name                = aws_db_subnet_group.main.name
  vpc_security_group_ids              = [aws_security_group.database.id]
  parameter_group_name                = aws_db_parameter_group.main[0].name
  publicly_accessible                 = false
  iam_database_authentication_enabled = true
  ca_cert_identifier                  = "rds-ca-rsa2048-g1"

  storage_type          = "gp3"
  allocated_storage     = local.size.database_storage_gb
  max_allocated_storage = local.size.database_storage_gb * 10
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.main.arn

  backup_retention_period   = 7
  backup_window             = "03:00-04:00"
  copy_tags_to_snapshot     = true
  deletion_protection       = local.deletion_protection
  skip_final_snapshot       = !local.size.final_snapshot
  final_snapshot_identifier = local.size.final_snapshot ? "${local.name}-final" : null

  maintenance_window                    = "sun:04:30-sun:05:30"
  auto_minor_version_upgrade            = true
  enabled_cloudwatch_logs_exports       = ["postgresql"]
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.database_monitoring.arn
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.main.arn
  performance_insights_retention_period = local.size.database_insights_days

  depends_on = [aws_cloudwatch_log_group.database]
}

# --- The proxy ------------------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_log_group" "proxy" {
  name              = "/aws/rds/proxy/${local.name}"
  retention_in_days = local.size.log_retention_days
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_db_proxy" "main" {
  name                   = local.name
  engine_family          = "POSTGRESQL"
  role_arn               = aws_iam_role.proxy.arn
  require_tls            = true
  idle_client_timeout    = 1800
  vpc_subnet_ids         = [for subnet in aws_subnet.private : subnet.id]
  vpc_security_group_ids = [aws_security_group.proxy.id]

  auth {
    auth_scheme = "SECRETS"  # how the proxy signs in to the database
    iam_auth    = "REQUIRED" # how clients sign in to the proxy
    secret_arn  = local.database_secret_arn
  }

  depends_on = [aws_cloudwatch_log_group.proxy] # else RDS makes it, as above
}

resource "aws_db_proxy_default_target_group" "main" {
  db_proxy_name = aws_db_proxy.main.name

  connection_pool_config {
    # RDS wants a share of the database's connections: 100 of 125.
    max_connections_percent      = floor(100 * local.proxy_max_connections / local.database_max_connections)
    max_idle_connections_percent = 20 # a small database spends its memory on work
    connection_borrow_timeout    = 5  # seconds; a request that waits for longer is answered by 503
  }
}

resource "aws_db_proxy_target" "main" {
  db_proxy_name          = aws_db_proxy.main.name
  target_group_name      = aws_db_proxy_default_target_group.main.name
  db_cluster_identifier  = one(aws_rds_cluster.main[*].id)
  db_instance_identifier = one(aws_db_instance.main[*].identifier)

  depends_on = [aws_rds_cluster_instance.main] # a cluster without instances is no target
}

resource "aws_iam_role" "proxy" {
  name                 = "${local.name}-proxy"
  assume_role_policy   = data.aws_iam_policy_document.assume["rds"].json
  permissions_boundary = local.boundary_arn
}

resource "aws_iam_role_policy" "proxy" {
  name   = "read-the-password"
  role   = aws_iam_role.proxy.id
  policy = data.aws_iam_policy_document.proxy.json
}

data "aws_iam_policy_document" "proxy" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [local.database_secret_arn]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.main.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}
