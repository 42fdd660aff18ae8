/** Tools for tests of code that uses httpipe: fakes, recordings, faults, and nginx in a container. */
@NullMarked
package io.httpipe.test;

import org.jspecify.annotations.NullMarked;
