/** A scripted HTTP server for tests of any HTTP client. */
@NullMarked
package io.httpipe.test.server;

import org.jspecify.annotations.NullMarked;
