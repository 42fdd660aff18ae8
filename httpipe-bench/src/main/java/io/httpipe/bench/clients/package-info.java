/** The compared clients, all behind the same interface. */
@NullMarked
package io.httpipe.bench.clients;

import org.jspecify.annotations.NullMarked;
