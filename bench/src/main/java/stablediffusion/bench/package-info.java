/**
 * Measures models, networks and single operations, compares backends, searches block sizes, and writes reports. Internal: not part of the
 * library's API; it is public for the command line.
 */
package stablediffusion.bench;
