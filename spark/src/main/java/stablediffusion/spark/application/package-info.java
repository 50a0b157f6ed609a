/** Contains the application for spark-submit: options, input, messages. Internal: not part of the module's API. */
package stablediffusion.spark.application;
