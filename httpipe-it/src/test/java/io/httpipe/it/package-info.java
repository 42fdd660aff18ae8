/** The client against a real nginx and a real Node; what is not about the wire is tested in httpipe-core. */
@NullMarked
package io.httpipe.it;

import org.jspecify.annotations.NullMarked;
