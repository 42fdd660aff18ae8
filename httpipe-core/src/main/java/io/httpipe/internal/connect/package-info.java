/**
 * How a connection comes to be, and how octets get over it in time: names are resolved, addresses dialled, TLS is
 * shaken hands on; a {@link io.httpipe.internal.connect.Transport} carries octets, each operation with its own end.
 */
package io.httpipe.internal.connect;
