from gateway.rest import albums, files, gallery, images, mocs, parts, profiles, uploads, wishlist

ROUTES = (
    *mocs.ROUTES,
    *files.ROUTES,
    *images.ROUTES,
    *albums.ROUTES,
    *gallery.ROUTES,
    *parts.ROUTES,
    *profiles.ROUTES,
    *wishlist.ROUTES,
    *uploads.ROUTES,
)
