/**
 * Tests of the client against real servers and proxies, such as nginx, Apache, Node and squid. Tests that need no real
 * server are in httpipe-core.
 */
@NullMarked
package io.httpipe.it;

import org.jspecify.annotations.NullMarked;
