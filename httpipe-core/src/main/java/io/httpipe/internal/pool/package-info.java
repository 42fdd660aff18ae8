/**
 * The connection pool of a client: which call may use which connection.
 *
 * <p><b>Ownership.</b> A connection has one owner at a time, and only the owner reads, writes or closes it. A call owns
 * the connection from {@link ConnectionPool#acquire} until it calls {@link ConnectionPool#release} or {@link
 * ConnectionPool#discard}. The pool owns idle connections. A thread that takes a connection out of {@link
 * IdleConnections} is the owner from then on. One exception: {@link ConnectionPool#close} closes the sockets of
 * connections that still have another owner when the grace time is over.
 *
 * <p><b>Locking.</b> One {@link PoolLock} per client guards the state of all its routes, because {@link
 * PoolLimits#maxConnections} and {@link PoolLimits#maxIdleConnections} apply across routes. A thread that holds the
 * lock does no I/O, does not park, runs no callback and closes no connection. Connections to be closed are collected
 * under the lock and closed after it is released. In the common case neither acquire nor release takes the lock; see
 * {@link PoolLock#isLockFree}.
 *
 * <p><b>Order of waiters.</b> Each route serves its waiting calls in the order of their arrival. A released connection
 * goes directly to the first waiter of its route. A route that is below its own limit may still have to wait for the
 * limit over all routes. Such routes compete for each slot that becomes free: the call that arrived first gets the
 * slot, whatever its route. To free a slot, the pool may close an idle connection. This can even be a connection that
 * was just released, if the call of another route arrived before all waiters of the connection's own route.
 */
package io.httpipe.internal.pool;
