/**
 * Bytes to HTTP/1.x and back: no class here knows a socket, a pool or a clock, so all of it is tested on bytes alone.
 */
package io.httpipe.internal.wire;
