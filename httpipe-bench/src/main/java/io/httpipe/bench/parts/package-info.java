/** JMH benchmarks of the client's parts, without a network where there is none in them. */
@NullMarked
package io.httpipe.bench.parts;

import org.jspecify.annotations.NullMarked;
