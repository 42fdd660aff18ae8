/** The clients that are compared, each behind the same few methods. */
@NullMarked
package io.httpipe.bench.clients;

import org.jspecify.annotations.NullMarked;
