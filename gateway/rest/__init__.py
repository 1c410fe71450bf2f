from gateway.rest import files, mocs, parts

ROUTES = (*mocs.ROUTES, *files.ROUTES, *parts.ROUTES)
