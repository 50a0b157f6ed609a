/** Generates many images on many machines with Apache Spark; begin with {@link stablediffusion.spark.PictureJob}. */
package stablediffusion.spark;
