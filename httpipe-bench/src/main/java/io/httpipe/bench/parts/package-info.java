/** JMH benchmarks of the client's parts. Only the benchmark of the pool uses a network. */
@NullMarked
package io.httpipe.bench.parts;

import org.jspecify.annotations.NullMarked;
