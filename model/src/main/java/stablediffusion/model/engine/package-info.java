/**
 * Defines the interface of engines, which compile graphs for a device and run them, and finds those on the class path. Internal: not part of
 * the library's API.
 */
package stablediffusion.model.engine;
