@echo off
rem Starts sd: takes the JDK in JAVA_HOME, or else java on the PATH, and adds the JVM's flags.
setlocal
set "SD_HOME=%~dp0.."
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java"
if defined JAVA_HOME if exist "%JAVA_HOME%\release" (
    findstr /r /c:"^JAVA_VERSION=.2[5-9]" /c:"^JAVA_VERSION=.[3-9][0-9]" "%JAVA_HOME%\release" >nul || (
        echo sd: needs a JDK 25 or newer; set JAVA_HOME to one. It is "%JAVA_HOME%". >&2
        exit /b 1
    )
)
set "flags=-XX:+UseSerialGC"
if defined TORNADOVM_HOME (
    if not exist "%TORNADOVM_HOME%\share\java\tornado\tornado-api-@tornado.version@.jar" (
        echo sd: TORNADOVM_HOME is "%TORNADOVM_HOME%", which is no SDK of TornadoVM @tornado.version@. Point it at one, or unset it to run on the CPU engine. >&2
        exit /b 1
    )
    set flags="@%TORNADOVM_HOME%\tornado-argfile" -Dtornado.recover.bailout=false -Dtornado.tvm.maxbytecodesize=65536 -Dtornado.max.events=64 -Dtornado.device.memory=1024GB
)
"%java%" --enable-native-access=ALL-UNNAMED %flags% %SD_JAVA_OPTIONS% -cp "%SD_HOME%\lib\*" stablediffusion.cli.Main %*
exit /b %errorlevel%
