/** Tests of the client against real servers: nginx, Node, Apache and httpbin. Tests that need no real server are in httpipe-core. */
@NullMarked
package io.httpipe.it;

import org.jspecify.annotations.NullMarked;
