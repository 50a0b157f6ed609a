/**
 * Defines the format of converted models, and reads them. Internal: not part of the library's API.
 */
package stablediffusion.model.weights;
