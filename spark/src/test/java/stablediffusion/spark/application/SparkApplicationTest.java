package stablediffusion.spark.application;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Checks what is refused before Spark starts. */
class SparkApplicationTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--input a.csv --output o | Missing required option: '--model=PATH'",
        "--input a --output o -m m | the name of the input, a, does not say what it is",
        "--input a.csv --output o -m m --seeds 1-4 | --seeds goes with a file of prompts",
        "--input a.txt --output o -m m --seeds 4-1 | --seeds 4-1 is empty",
        "--input a.txt --output o -m m --seeds x | --seeds x is no seed and no range of seeds",
        "--input a.csv --output o -m m --threads 0 | the number of threads is 0",
        "--input a.csv --output o -m m --precision f8 | there is no precision 'f8'",
        "--input a.csv --output o -m m --pictures-per-task 0 | a task makes 0 pictures",
        "--input a.csv --output o -m m --task-minutes 0 | the time of a task is 0 s",
        "--input a.csv --output o -m m --task-minutes NaN | the time of a task is 0 s",
    })
    void aWrongOptionIsOneLineAndExitCode2(String arguments, String message) {
        StringWriter errors = new StringWriter();
        CommandLine application = SparkApplication.commandLine().setErr(new PrintWriter(errors));
        assertEquals(2, application.execute(arguments.split(" ")));
        assertEquals(1, errors.toString().lines().count(), errors.toString());
        assertTrue(errors.toString().startsWith("sd-spark: ") && errors.toString().contains(message), errors.toString());
    }
}
