<?php
// What Zabbix' own import says about a template: php zabbix_import.php TEMPLATE.yaml
// The classes are those of Debian's zabbix-frontend-php; no database and no server is needed.
chdir('/usr/share/zabbix');
$files = [];
foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator('include/classes')) as $file) {
    $files[$file->getBasename('.php')] ??= $file->getPathname();
}
spl_autoload_register(function ($class) use ($files) {
    if (isset($files[$class])) {
        require_once $files[$class];
    }
});
require_once 'vendor/autoload.php';
foreach (['gettextwrapper', 'defines', 'func', 'translateDefines'] as $name) {
    require_once "include/$name.inc.php";
}

$mistakes = [];
try {
    $data = (new CYamlImportReader())->read(file_get_contents($argv[1]));
    $data = (new CXmlValidator(new CImportValidatorFactory('yaml'), 'yaml'))
        ->setStrict(true)
        ->validate($data, '/');
    $data = (new CConstantImportConverter(
        (new CImportValidatorFactory('yaml'))->getObject('6.0')->getSchema()
    ))->convert($data);
}
catch (Throwable $error) {
    echo $error->getMessage(), "\n";
    exit(1);
}

$expressions = new CExpressionParser(['usermacros' => true]);
$keys = new CItemKey();
foreach ($data['zabbix_export']['templates'] as $template) {
    foreach ($template['items'] as $item) {
        if ($keys->parse($item['key']) != CParser::PARSE_SUCCESS) {
            $mistakes[] = "{$item['key']}: {$keys->getError()}";
        }
        foreach ($item['triggers'] ?? [] as $trigger) {
            if ($expressions->parse($trigger['expression']) != CParser::PARSE_SUCCESS) {
                $mistakes[] = "{$trigger['expression']}: {$expressions->getError()}";
            }
        }
    }
}
echo implode("\n", $mistakes), count($mistakes) ? "\n" : '';
exit(count($mistakes) ? 1 : 0);
