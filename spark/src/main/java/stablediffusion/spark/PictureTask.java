package stablediffusion.spark;

import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import stablediffusion.GeneratedImage;
import stablediffusion.StableDiffusion;
import stablediffusion.model.Printable;
import stablediffusion.model.UserException;
import stablediffusion.spark.engine.ExecutorModel;
import stablediffusion.spark.engine.ModelFolder;
import stablediffusion.spark.engine.ModelSettings;
import stablediffusion.spark.output.PictureTable;
import stablediffusion.spark.output.PictureWriter;
import stablediffusion.spark.request.RequestRow;
import stablediffusion.spark.request.Requests;

import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Makes the pictures of a partition, one after another, so that one is in memory at a time.
 *
 * @param inTable whether pictures are kept in their rows instead of in files
 */
record PictureTask(ModelSettings settings, ModelFolder folder, String modelName, PictureWriter writer, boolean inTable, Progress progress)
        implements MapPartitionsFunction<Row, Row> {

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        if (!rows.hasNext()) {
            return rows;
        }
        StableDiffusion model = ExecutorModel.of(settings, folder, TaskContext.get());
        Iterable<Row> iterable = () -> rows;
        Stream<Row> stream = StreamSupport.stream(iterable.spliterator(), false);
        return stream.map(row -> make(model, row)).iterator();
    }

    private Row make(StableDiffusion model, Row row) {
        String id = Requests.id(row);
        RequestRow asked = Requests.read(row);
        long begin = System.nanoTime();
        PictureTable.Maker maker = new PictureTable.Maker(modelName, host(),
                SparkEnv.get().executorId(), model.engine());
        try {
            GeneratedImage image = model.generate(asked.request());
            byte[] png = image.toPng();
            if (!inTable) {
                writer.write(id, png, TaskContext.get().taskAttemptId());
            }
            Row made = PictureTable.made(id, asked, image, png, inTable, since(begin), maker);
            progress.made().add(1);
            return made;
        } catch (UserException wrong) {
            return failed(id, asked, wrong.getMessage(), begin, maker);
        } catch (CancellationException killed) {
            throw killed;
        } catch (IOException e) {
            throw new UserException("cannot write a picture: " + e.getMessage(), e);
        } catch (RuntimeException unexpected) {
            // Perhaps the machine is at fault: another one tries, until Spark would give up the whole job.
            if (!isLastAttempt()) {
                throw unexpected;
            }
            return failed(id, asked, "unexpected: " + unexpected, begin, maker);
        } finally {
            progress.seconds().add(since(begin).toNanos() / 1e9);
        }
    }

    private Row failed(String id, RequestRow asked, String message, long begin, PictureTable.Maker maker) {
        progress.failed().add(1);
        return PictureTable.failed(id, asked, Printable.line(message), since(begin), maker);
    }

    private static String host() {
        return SparkEnv.get().blockManager().blockManagerId().host();
    }

    /** Spark's local mode tries once. */
    private static boolean isLastAttempt() {
        boolean local = SparkEnv.get().conf().get("spark.master", "").matches("local(\\[[^,]*])?");
        int attempts = local ? 1 : SparkEnv.get().conf().getInt("spark.task.maxFailures", 4);
        return TaskContext.get().attemptNumber() + 1 >= attempts;
    }

    private static Duration since(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /**
     * Returns a function that makes the first picture that can be made several times, and returns how many seconds the last time took; 0 if none
     * can be made. Nothing is kept.
     */
    MapPartitionsFunction<Row, Double> timed(int times) {
        ModelSettings measured = settings;
        ModelFolder place = folder;
        return rows -> {
            StableDiffusion model = ExecutorModel.of(measured, place, TaskContext.get());
            while (rows.hasNext()) {
                OptionalDouble seconds = seconds(model, rows.next(), times);
                if (seconds.isPresent()) {
                    return List.of(seconds.getAsDouble()).iterator();
                }
            }
            return List.of(0.0).iterator();
        };
    }

    private static OptionalDouble seconds(StableDiffusion model, Row row, int times) {
        OptionalDouble seconds = OptionalDouble.empty();
        try {
            for (int i = 0; i < times; i++) {
                long begin = System.nanoTime();
                model.generate(Requests.read(row).request()).toPng();
                seconds = OptionalDouble.of(since(begin).toNanos() / 1e9);
            }
            return seconds;
        } catch (UserException noPicture) {
            return OptionalDouble.empty();
        }
    }
}
