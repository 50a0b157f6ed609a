/**
 * Turns prompts into tokens and weights for the text encoder. Internal: not part of the library's API.
 */
package stablediffusion.model.text;
