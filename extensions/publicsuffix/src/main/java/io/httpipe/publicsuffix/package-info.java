/** The list of public suffixes, for the cookies of httpipe. */
package io.httpipe.publicsuffix;
