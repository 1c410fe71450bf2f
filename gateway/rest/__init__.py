from gateway.rest import mocs

ROUTES = (*mocs.ROUTES,)
