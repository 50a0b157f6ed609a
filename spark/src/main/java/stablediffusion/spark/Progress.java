package stablediffusion.spark;

import org.apache.spark.SparkContext;
import org.apache.spark.util.DoubleAccumulator;
import org.apache.spark.util.LongAccumulator;

import java.io.Serializable;

/**
 * Counts on Spark's pages, for each stage and task. A task that is repeated counts again, so these are no results.
 *
 * @param seconds time of all tasks that pictures took
 */
record Progress(LongAccumulator made, LongAccumulator failed, DoubleAccumulator seconds) implements Serializable {
    static Progress in(SparkContext context) {
        return new Progress(context.longAccumulator("pictures made"), context.longAccumulator("requests failed"),
                context.doubleAccumulator("seconds of generation"));
    }
}
