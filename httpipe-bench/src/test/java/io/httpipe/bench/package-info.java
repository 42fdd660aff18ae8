@NullMarked
package io.httpipe.bench;

import org.jspecify.annotations.NullMarked;
