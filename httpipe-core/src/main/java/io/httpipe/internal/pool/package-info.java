/** Who may use which connection: idle ones are kept a route apart, each leased to one owner at a time. */
package io.httpipe.internal.pool;
