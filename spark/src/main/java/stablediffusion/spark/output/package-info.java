/** Stores pictures, and the table that describes them. Internal: not part of the module's API. */
package stablediffusion.spark.output;
