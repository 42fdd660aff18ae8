/** Tests of the client against a real nginx and a real Node. Tests that need no real server are in httpipe-core. */
@NullMarked
package io.httpipe.it;

import org.jspecify.annotations.NullMarked;
