/** The scripted server as a JUnit extension, for JUnit 5 and 6. */
@NullMarked
package io.httpipe.test.server.junit;

import org.jspecify.annotations.NullMarked;
