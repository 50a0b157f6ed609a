/**
 * Makes the report of a GPU: checks its backends, measures them, and writes both down. {@code tests/gpu-report} starts it.
 */
package stablediffusion.tests.gpu;
