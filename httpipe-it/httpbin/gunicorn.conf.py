# One process with a few threads, because only this worker class keeps connections open.
bind = "0.0.0.0:8080"
worker_class = "gthread"
workers = 1
threads = 8
keepalive = 30
# A worker that shows that it is alive in a file on a disk may be thought dead when the disk is busy.
worker_tmp_dir = "/dev/shm"
