/**
 * Holds what the tests of several modules share: a reference interpreter of graphs, graphs of one operation, random weights and inputs, and
 * the comparison of outputs. Other modules take it from this module's test-jar.
 */
package stablediffusion.model.testing;
