TITLE="x"
VERSION="1"
def document(): return {}
