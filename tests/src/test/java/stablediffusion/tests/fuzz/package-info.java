/**
 * Feeds the program with damaged files and wrong command lines. A seed decides all of it, so that what was found can be found again.
 */
package stablediffusion.tests.fuzz;
