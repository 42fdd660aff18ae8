# One process with a few threads. Gunicorn's default worker class closes each connection after its response.
bind = "0.0.0.0:8080"
worker_class = "gthread"
workers = 1
threads = 8
keepalive = 30
# Each worker updates a file to show that it is alive. On a busy disk, the update could be so slow that
# gunicorn thinks a living worker is dead.
worker_tmp_dir = "/dev/shm"
