import gc
import os

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = int(os.environ.get("WORKERS", 2))
# Unlike the default worker it keeps connections open between requests. More threads only take the interpreter from one another.
worker_class = "gthread"
threads = int(os.environ.get("THREADS", 2))
keepalive = 75
# Imported once, before the workers are forked.
preload_app = True
loglevel = "warning"


def when_ready(server):
    # What was imported is never garbage: the collector need not look at it again, and less often at the rest.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    print("ready", flush=True)
