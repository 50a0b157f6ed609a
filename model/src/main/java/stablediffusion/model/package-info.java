/**
 * Holds what all other packages use: failures that the caller can do something about, and what helps.
 */
package stablediffusion.model;
