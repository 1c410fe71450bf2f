from gateway.rest import files, mocs, parts, profiles

ROUTES = (*mocs.ROUTES, *files.ROUTES, *parts.ROUTES, *profiles.ROUTES)
