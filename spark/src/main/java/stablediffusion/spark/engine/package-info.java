/** Keeps a loaded model in each executor. Internal: not part of the module's API. */
package stablediffusion.spark.engine;
