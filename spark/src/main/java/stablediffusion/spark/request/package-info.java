/** Reads requests from the rows of a table. Internal: not part of the module's API. */
package stablediffusion.spark.request;
